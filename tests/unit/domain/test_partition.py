"""Partitions of all AWS regions."""

from __future__ import annotations

import botocore.session

from tag_governance.domain.partition import partition_of


def test_every_region_has_its_partition() -> None:
    session = botocore.session.get_session()
    regions = {
        region: partition
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("ec2", partition, allow_non_regional=True)
    }
    assert {region: partition_of(region) for region in regions} == regions
