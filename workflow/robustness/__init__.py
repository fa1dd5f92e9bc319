"""How answers change when images do: robustness curves of a run or a bundle, and the intervention of the audit."""
