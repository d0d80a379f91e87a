"""Where runs are kept: a directory each, held by one process at a time, and one ledger for all.

RUNS/ledger.sqlite          every reply that was paid for, whichever run asked: a problem that
                            is solved again costs nothing
RUNS/ID/run.sqlite          the task, how far it is, what it has spent, and the solution
RUNS/ID/checkpoints.sqlite  where the workflow goes on after a kill
RUNS/ID/data/               copies of the tables, so that a run resumes what it began
RUNS/ID/lock                held for life; the kernel lets go of it however a process ends

`directory` begins and finds runs, `run` works on one; `task` is what one was asked and how far it
is, `file` its SQLite file, `data` its copies of the tables, `storage` what the disk refuses.
"""
