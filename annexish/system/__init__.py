"""What both the rooms that read files and those that write them ask of the operating system."""
