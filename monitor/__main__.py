"""`python -m monitor` is `framewire`."""

from monitor.cli import main

if __name__ == "__main__":
    main()
