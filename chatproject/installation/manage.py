"""The program behind scripts/manage: runs a management command on the installation in the data folder, or with --demo
on the demo's.
"""

import os
import sys

from chatproject.installation.data_dir import demo_data_dir
from chatproject.installation.local import exit_with_message, installation


def main() -> None:
    """Run the command given on the command line.

    Exits with a non-zero status and one sentence if something is wrong.
    """
    import manage

    if sys.argv[1:2] == ["--demo"]:
        del sys.argv[1]
        os.environ["DATA_DIR"] = str(demo_data_dir())
    if manage.is_client(sys.argv[1:]):
        manage.main()  # needs no installation
        return
    with exit_with_message(), installation():
        manage.main()


if __name__ == "__main__":
    sys.argv[0] = os.path.join("scripts", "manage")
    main()
