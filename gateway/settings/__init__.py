"""Settings: one TOML file → one frozen object, read once.

Owns the names, units, defaults and bounds of all settings (`sections`), what makes one of them
insecure (`security`, `national`), the way from file and environment to `Settings` (`load`), and
what is set beside its default (`showing`). Leaves to others: agreements, partners and all else that
changes while the gateway runs; that is configuration in the database.

Stays true:
  * An unknown name is refused, in the file and in the environment.
  * No secret stands in the file or the environment: settings name files that hold them.
  * An insecure setting is refused; it never only warns.
  * All faults are told at once.
"""

from gateway.settings.load import load
from gateway.settings.secrets import read_secret
from gateway.settings.sections import NAMED, SECTIONS, Settings, core_limits
from gateway.settings.showing import SettingRow, settings_changes

__all__ = [
    "NAMED",
    "SECTIONS",
    "SettingRow",
    "Settings",
    "core_limits",
    "load",
    "read_secret",
    "settings_changes",
]
