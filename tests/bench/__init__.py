"""Speed and quality beside a peer or a bound; `make bench` runs what the data at hand allow."""
