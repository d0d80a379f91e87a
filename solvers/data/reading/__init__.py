"""Tables as people have them: bytes -> cells of sheets -> found tables -> typed columns.

    text_files  bytes of a text file -> one grid      encoding, separator
    workbooks   bytes of a workbook -> a grid a sheet  in a child process with limits
    regions     a grid -> the blocks that are tables   titles and notes beside them
    heads       a block -> heads and rows              levels of heads, merged cells, row numbers
    columns     cells -> typed columns                 numerals, dates, one way of writing a file
    wide        heads that are members of an index
    corrections the small TOML beside a file, which has the last word

Each step says what it did (`understood`) and asks where it was unsure (`Question`).
"""
