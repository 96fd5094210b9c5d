"""One bucket of persons from its seed to its blocks of rows: a pure function."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from labsante.synthetic.calendar import year_of
from labsante.synthetic.calibration import count_figures
from labsante.synthetic.care import draw_panel, drug_lines, service_lines
from labsante.synthetic.cartography import cartography_tables
from labsante.synthetic.claims import (
    act_table,
    first_flux_month,
    number_claims,
    pharmacy_table,
    place_table,
    service_table,
)
from labsante.synthetic.columns import arrow_table
from labsante.synthetic.conditions import draw_exemptions, draw_onsets, exemption_columns
from labsante.synthetic.deaths import death_tables
from labsante.synthetic.details import detail_tables
from labsante.synthetic.dispensing import draw_dispensings
from labsante.synthetic.draw import Integers
from labsante.synthetic.hospital import draw_stays
from labsante.synthetic.hospital_money import money_tables, private_lines, renamed_columns
from labsante.synthetic.identities import beneficiary_columns, draw_holders, hidden_deaths
from labsante.synthetic.landing import landing_tables
from labsante.synthetic.layout import (
    cartography_path,
    certificate_path,
    flux_path,
    hospital_path,
    landing_path,
    referential_path,
)
from labsante.synthetic.lines import join_lines
from labsante.synthetic.other_fields import other_field_tables
from labsante.synthetic.outpatient import draw_visits, visit_tables
from labsante.synthetic.population import draw_persons
from labsante.synthetic.referentials import (
    cover_table,
    declared_doctor_table,
    exemption_table,
    simple_beneficiary_columns,
)
from labsante.synthetic.residence import Residence
from labsante.synthetic.settings import Settings
from labsante.synthetic.stay_tables import stay_tables
from labsante.synthetic.trap_counts import (
    claim_traps,
    death_traps,
    hospital_traps,
    identity_traps,
)
from labsante.synthetic.traps import plant_on_lines
from labsante.synthetic.truth import Truth, true_cells
from labsante.synthetic.truth_tables import condition_table, person_table
from labsante.synthetic.world import World


@dataclass(frozen=True)
class Block:
    """The rows of one bucket for one file of ``raw/`` (or of ``truth/``)."""

    path: str
    table_name: str
    rows: pa.Table


@dataclass(frozen=True)
class BucketResult:
    """Everything that one bucket gives."""

    blocks: list[Block]
    truth_blocks: list[Block]
    truth: Truth


def draw_bucket(settings: Settings, world: World, bucket: int) -> BucketResult:
    """Draw one bucket: depends on the settings, the seed and the bucket's rank alone."""
    persons = draw_persons(settings, bucket)
    holders = draw_holders(settings, bucket, persons)
    residence = Residence(persons)
    onset = draw_onsets(settings, bucket, persons, world)
    exemptions = draw_exemptions(settings, bucket, persons, holders, onset)
    exempt = np.zeros(persons.count, dtype=bool)
    exempt[exemptions.person] = True
    panel = draw_panel(settings, bucket, persons, world)
    events = draw_dispensings(settings, bucket, persons, onset, world)
    stays = draw_stays(settings, bucket, persons, onset, world)
    lines = join_lines(
        [
            drug_lines(settings, bucket, persons, holders, panel, exempt, events),
            service_lines(settings, bucket, persons, holders, panel, exempt, onset, world),
            private_lines(holders, exempt, stays, world),
        ]
    )
    marked = plant_on_lines(settings, bucket, lines, holders, world)
    claims = number_claims(settings, bucket, marked)
    visits = draw_visits(settings, bucket, persons, exempt, world)
    beneficiaries = beneficiary_columns(settings, bucket, persons, holders, residence)

    referentials = {
        "IR_BEN_R": arrow_table("IR_BEN_R", holders.count, beneficiaries),
        "IR_IBA_R": arrow_table("IR_IBA_R", *simple_beneficiary_columns(beneficiaries, holders)),
        "IR_IMB_R": arrow_table(
            "IR_IMB_R", len(exemptions.holder), exemption_columns(holders, exemptions)
        ),
        "IR_ETM_R": exemption_table(holders, exemptions),
        "IR_ORC_R": cover_table(settings, bucket, persons, holders),
        "IR_MTT_R": declared_doctor_table(settings, bucket, holders, panel, world),
    }
    flux = {
        "ER_PRS_F": (service_table(claims, persons, holders, residence, world), claims.flux),
        "ER_PHA_F": pharmacy_table(claims, persons),
        "ER_CAM_F": act_table(claims, persons),
        "ER_ETE_F": place_table(claims, persons, world),
        **detail_tables(claims, persons),
    }
    hospital = {
        **stay_tables(settings, bucket, persons, holders, onset, stays, world),
        **money_tables(settings, bucket, persons, exempt, stays, world),
        **visit_tables(settings, bucket, persons, holders, visits, world),
        **other_field_tables(settings, bucket, persons, holders, world),
    }
    cartography = cartography_tables(settings, persons, holders, onset)
    certificates, matched = death_tables(settings, bucket, persons, holders)
    blocks = [Block(referential_path(name), name, table) for name, table in referentials.items()]
    blocks += [
        Block(landing_path(name), name, table)
        for name, table in landing_tables(settings, bucket, persons, holders).items()
    ]
    for tables, path, first in (
        (flux, flux_path, first_flux_month(settings)),
        (hospital, hospital_path, settings.first_year),
        (certificates, certificate_path, settings.first_year),
        (cartography, cartography_path, settings.first_year),
    ):
        for name, (table, period) in tables.items():
            blocks += [
                Block(path(name, p), name, renamed_columns(name, p, rows))
                for p, rows in _cut(table, period, first if bucket == 0 else None)
            ]

    hidden = hidden_deaths(settings, bucket, persons)
    truth = Truth(cells=true_cells(settings, persons, holders, claims, exemptions, stays))
    truth.figures.update(count_figures(settings, persons, exemptions, stays, claims))
    truth.traps.update(identity_traps(persons, holders, exemptions))
    truth.traps.update(claim_traps(persons, holders, claims))
    truth.traps.update(hospital_traps(stays))
    truth.traps.update(death_traps(persons, matched, hidden, year_of(persons.death)))
    return BucketResult(
        blocks=blocks,
        truth_blocks=[
            Block("persons", "", person_table(bucket, persons, holders, hidden)),
            Block("conditions", "", condition_table(bucket, persons, onset)),
        ],
        truth=truth,
    )


def _cut(table: pa.Table, period: Integers, opened: int | None) -> Iterator[tuple[int, pa.Table]]:
    """Slices of a table whose rows are sorted by ``period``, with the period of each.

    The period ``opened`` has its slice even without rows: a table that nobody needs is still
    delivered once, as an empty file with its columns.
    """
    values = set(np.unique(period).tolist()) | ({opened} if opened is not None else set())
    for value in sorted(values):
        start, end = np.searchsorted(period, value), np.searchsorted(period, value, "right")
        yield int(value), table.slice(int(start), int(end - start))
