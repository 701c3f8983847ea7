"""What people see: timelines, matrices, digests, pages and exports."""
