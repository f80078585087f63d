"""Look at what was recorded: log, show, ls, and what a revision means."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import islice

from annexish.codec.shards import nibbles
from annexish.diff.resolve import find_entry, path_of, walk
from annexish.errors import Missing
from annexish.flows.changes import Changes
from annexish.flows.place import Place
from annexish.flows.state import State
from annexish.history.dates import parse_date
from annexish.history.log import newest_first, since_time, with_text
from annexish.history.revision import at_date, split_date
from annexish.model.commit import Commit
from annexish.model.entry import Kind
from annexish.model.ids import CommitId, TreeId
from annexish.model.path import RepoPath
from annexish.model.report import Difference, Listed, Shown
from annexish.store.history import History, Nodes
