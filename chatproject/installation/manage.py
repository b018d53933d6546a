"""What scripts/manage runs: a management command on the installation of the data folder; with --demo, on the demo's."""

import os
import sys

from chatproject.installation.data_dir import demo_data_dir
from chatproject.installation.local import installation, sentences


def main() -> None:
    """Run the command named on the command line. Exits non-zero with one sentence when something is wrong."""
    import manage

    if sys.argv[1:2] == ["--demo"]:
        del sys.argv[1]
        os.environ["DATA_DIR"] = str(demo_data_dir())
    if manage.is_client(sys.argv[1:]):
        manage.main()  # which needs no installation
        return
    with sentences(), installation():
        manage.main()


if __name__ == "__main__":
    sys.argv[0] = os.path.join("scripts", "manage")
    main()
