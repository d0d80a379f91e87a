"""Talking to language models: one seam, clients behind it, and wrappers that keep and limit.

chat                            the seam: a request, a reply, and whatever answers one
models, names, roles            a model by its name, in its wrappers; one for each role
openai_client, litellm_client   models of others, by way of lanes, dialect, completion, faults
asking, refused, endpoints      one request until it is taken; what refusals teach, kept
probe, validation               whether a schema binds; whether a reply follows one
settings, caps, thoughts        how calls are made; room for what a model thinks first; refusals
local/, vllm/, scripted         models of our own: embedded, served, written down beforehand
ledger, recorded, recording     replies are kept and given again; ledger_file, ledger_rows, records
budget, metered, spending       what may be spent, and who pays for a call; billing, tokens
retry, throttle, flights        again, not too many at once, and once for all who ask alike
events                          what happens to calls, for anyone who shows it
replies, lenient, redact        the JSON in a reply; no secret in what is kept or shown
sync, places, turnstile         ordinary code and event loops, waiting for each other
cores, hugging_face             this machine's processors; where files of models come from
"""
