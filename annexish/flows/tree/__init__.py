"""The working tree goes from one snapshot to another; what was interrupted is finished."""
