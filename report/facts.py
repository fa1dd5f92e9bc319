"""What is known of a run beside its tables: the answers, their resamples, the leaks and the settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from report.answers import Answers
from report.leaks import Leaks
from report.resample import Resamples
from report.settings import flat


@dataclass(frozen=True, eq=False)
class Facts:
    """What the software knows of a run."""

    fusion: Answers
    resamples: Resamples
    leaks: Leaks | None = None
    settings: Mapping[str, Any] | None = None

    def setting(self, *path: str) -> Any:
        """A setting by its path; None where it is not known."""
        found: Any = self.settings
        for key in path:
            found = found.get(key) if isinstance(found, Mapping) else None
        return found

    def of_variants(self, key: str) -> str:
        """The values of a setting in the variants, each once; "" where it is not known."""
        variants = self.setting("variants")
        facts = variants.values() if isinstance(variants, Mapping) else ()
        values = [dict(flat(one)).get(key) for one in facts]
        return ", ".join(dict.fromkeys(value for value in values if value))
