"""What the command line refuses.

CommandFault     said in one sentence, exit status 2
└── InputFault   a file that was given is wrong; names the file, the line and the field
"""

from __future__ import annotations


class CommandFault(Exception):
    """Something the person at the terminal can mend; the message says how."""


class InputFault(CommandFault):
    """A file is not what the command needs."""
