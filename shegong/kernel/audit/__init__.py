"""The trail: every change, refusal, sensitive read and export, sealed within a second. See docs/concepts/audit.md."""
