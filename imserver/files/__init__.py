"""Bytes that people send each other: received, judged by what they are, redrawn, kept, and linked to.

design: Nothing here knows people or conversations. ``spool`` receives, ``kinds`` looks at the bytes,
``names`` makes a name harmless, ``studio`` has pictures drawn anew by a child process (``redraw``), ``disk``
and ``s3`` keep what is left under random names, ``links`` signs addresses.
"""
