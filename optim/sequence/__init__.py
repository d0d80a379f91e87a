"""Values for one instance of a sequence after the other: what is learnt on the first serves the
next. The bandit is that of Learning to Relax (Khodak, Chow, Balcan and Talwalkar, 2024)."""
