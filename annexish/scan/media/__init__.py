"""Descriptive tags of media files: read in a process of its own, under limits.

`kinds` says which files are worth a look, `reader` hands them over and gets tags back.
What `worker` imports (`tags`, `audio`, `image`, `video`, `values`) runs in that process only.
"""
