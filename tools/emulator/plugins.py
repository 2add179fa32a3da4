"""Terraform providers on machines without access to the registry."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

PROVIDERS = Path("registry.terraform.io") / "hashicorp" / "aws"

# Terraform's implied local mirrors; see "Implied Local Mirror Directories" in its CLI configuration documentation.
_IMPLIED = (
    "~/.terraform.d/plugins",
    "~/.local/share/terraform/plugins",
    "/usr/local/share/terraform/plugins",
    "/usr/share/terraform/plugins",
)
_INSTALLATION_PREFIXES = ("/opt", "/usr/local", "/usr/local/share", "/usr/share", "/usr/lib", "/srv", "/var/lib", "~")


def configuration(folder: Path) -> Path | None:
    """Write a CLI configuration for Terraform into `folder`. Return None if the caller has one.

    An existing configuration of the caller is used; one that is named but missing is ignored. Otherwise the
    configuration uses a mirror if there is one, else a plugin cache.
    """
    if _callers_configuration():
        return None
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "terraform.rc"
    mirror = find_mirror()
    if mirror is None:
        cache = Path(os.environ.get("TF_PLUGIN_CACHE_DIR", folder / "plugins")).absolute()
        cache.mkdir(parents=True, exist_ok=True)
        text = f'plugin_cache_dir = "{cache}"\n'
    else:
        text = (
            "provider_installation {\n"
            f'  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n'
            '  direct {\n    exclude = ["registry.terraform.io/hashicorp/aws"]\n  }\n'
            "}\n"
        )
    path.write_text("disable_checkpoint = true\n" + text)
    return path


def find_mirror() -> Path | None:
    """Find a folder with `registry.terraform.io/hashicorp/aws`: named by TF_PLUGIN_MIRROR, implied, or installed."""
    return next((folder for folder in _candidates() if _holds_providers(folder)), None)


def _callers_configuration() -> bool:
    named = os.environ.get("TF_CLI_CONFIG_FILE")
    return Path(named).is_file() if named else (Path.home() / ".terraformrc").is_file()


def _candidates() -> Iterator[Path]:
    if named := os.environ.get("TF_PLUGIN_MIRROR"):
        yield Path(named)
    yield from (Path(folder).expanduser() for folder in _IMPLIED)
    for prefix in _INSTALLATION_PREFIXES:
        try:
            yield from sorted(Path(prefix).expanduser().iterdir())
        except OSError:
            continue


def _holds_providers(folder: Path) -> bool:
    try:
        return (folder / PROVIDERS).is_dir()
    except OSError:
        return False
