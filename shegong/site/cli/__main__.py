"""``python -m shegong.site.cli``: how the processes of ``serve`` start each other."""

from . import main

main(prog_name="shegong")
