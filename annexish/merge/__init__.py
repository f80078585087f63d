"""Two lists of changes to one result: what each side lacks, and conflicts."""
