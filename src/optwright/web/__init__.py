"""`optwright ui`: the conversation of `optwright chat` in a browser of this machine.

`command` opens the session, `desk` works on its turns, `app` answers the browser, `guard` keeps
everybody else out, `server` runs it all until Ctrl-C.
"""
