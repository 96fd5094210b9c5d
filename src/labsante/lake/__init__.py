"""Deliveries in: discover, read, type, reject with reasons, write Parquet partitions."""

from labsante.lake.catalogue import Partition, partition, partitions, received_tables
from labsante.lake.reception import FileAccount, Reception, receive

__all__ = [
    "FileAccount",
    "Partition",
    "Reception",
    "partition",
    "partitions",
    "receive",
    "received_tables",
]
