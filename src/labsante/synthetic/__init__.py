"""A synthetic France in the shape of the SNDS, with its truth beside it.

``synthesize`` writes raw files (real layout, real codes, real traps) and a ``truth`` folder. Every
bucket of persons is a pure function of the settings, the seed and its rank.
"""

from labsante.synthetic.bucket import BucketResult, draw_bucket
from labsante.synthetic.delivery import Summary, synthesize
from labsante.synthetic.settings import Basins, Care, Gliflozin, Hospitals, Settings, Traps
from labsante.synthetic.world import World, draw_world

__all__ = [
    "Basins",
    "BucketResult",
    "Care",
    "Gliflozin",
    "Hospitals",
    "Settings",
    "Summary",
    "Traps",
    "World",
    "draw_bucket",
    "draw_world",
    "synthesize",
]
