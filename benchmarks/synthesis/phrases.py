"""Words that every family shares: synonyms, greetings, remarks beside the point, headings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

SYNONYMS: Sequence[Mapping[str, tuple[str, ...]]] = (
    {
        "atmost": ("at most", "no more than", "not more than", "a maximum of"),
        "atleast": ("at least", "no less than", "not less than", "a minimum of"),
        "exactly": ("exactly", "precisely"),
        "needs": ("needs", "requires", "takes"),
        "costs": ("costs", "comes to", "is priced at"),
        "earns": ("earns", "brings in", "yields a profit of"),
        "each": ("each", "every"),
        "cheapest": ("as low as possible", "as small as it can be", "at a minimum"),
        "most": ("as large as possible", "as high as it can be", "at a maximum"),
        "only": ("only", "just"),
        "must": ("must", "has to"),
    },
    {
        "atmost": ("höchstens", "nicht mehr als", "maximal"),
        "atleast": ("mindestens", "nicht weniger als", "wenigstens"),
        "exactly": ("genau", "exakt"),
        "needs": ("braucht", "benötigt", "erfordert"),
        "costs": ("kostet", "schlägt zu Buche mit"),
        "earns": ("bringt", "erlöst"),
        "each": ("jede", "jede einzelne"),
        "cheapest": ("so niedrig wie möglich", "möglichst gering", "so klein wie möglich"),
        "most": ("so groß wie möglich", "möglichst hoch", "so hoch wie möglich"),
        "only": ("nur", "lediglich"),
        "must": ("muss", "soll unbedingt"),
    },
    {
        "atmost": ("como máximo", "no más de", "a lo sumo"),
        "atleast": ("al menos", "no menos de", "como mínimo"),
        "exactly": ("exactamente", "justo"),
        "needs": ("necesita", "requiere", "consume"),
        "costs": ("cuesta", "sale por"),
        "earns": ("deja", "aporta", "genera un beneficio de"),
        "each": ("cada", "todo"),
        "cheapest": ("lo más bajo posible", "lo menor posible", "mínimo"),
        "most": ("lo más alto posible", "lo mayor posible", "máximo"),
        "only": ("solo", "únicamente"),
        "must": ("debe", "tiene que"),
    },
)

LETTER: Sequence[tuple[str, str, str]] = (
    (
        "Dear Sir or Madam,",
        "We would be grateful for a proposal.",
        "Yours faithfully,\nthe planning office",
    ),
    (
        "Sehr geehrte Damen und Herren,",
        "Wir bitten Sie um einen Vorschlag.",
        "Mit freundlichen Grüßen\nIhre Planungsabteilung",
    ),
    (
        "Estimados señores:",
        "Les agradeceríamos una propuesta.",
        "Atentamente,\nel departamento de planificación",
    ),
)
"""Greeting, last sentence, closing, by language."""

CHAT: Sequence[Sequence[tuple[str, str]]] = (
    (("hey, quick one", "thanks!"), ("hi, got a minute?", "thx"), ("ok so", "any ideas?")),
    (("hi, kurze Frage", "danke!"), ("hallo, hast du kurz Zeit?", "merci"), ("also", "Ideen?")),
    (
        ("hola, una duda", "¡gracias!"),
        ("oye, tienes un momento?", "mil gracias"),
        ("a ver", "¿ideas?"),
    ),
)

REMARKS: Sequence[Sequence[str]] = (
    (
        "We have been in business since {n1900}.",
        "By the way, the office is on floor {n2}.",
        "Last year {n100} visitors came to our open day.",
        "My colleague has been here for {n2} years.",
        "The old report had {n10} pages, nobody read it.",
    ),
    (
        "Uns gibt es übrigens schon seit {n1900}.",
        "Das Büro liegt im {n2}. Stock, falls Sie uns suchen.",
        "Zum Tag der offenen Tür kamen letztes Jahr {n100} Gäste.",
        "Meine Kollegin ist seit {n2} Jahren hier.",
        "Der alte Bericht hatte {n10} Seiten, gelesen hat ihn niemand.",
    ),
    (
        "Por cierto, existimos desde {n1900}.",
        "La oficina está en la planta {n2}, por si vienen.",
        "El año pasado vinieron {n100} visitas a la jornada de puertas abiertas.",
        "Mi compañera lleva aquí {n2} años.",
        "El informe antiguo tenía {n10} páginas y nadie lo leyó.",
    ),
)
"""Sentences with a number that nothing depends on: `n10` is one from 10 to 99, and so on."""

IN_TABLE = (
    "The table {table} lists {columns} by {keys}.",
    "Die Tabelle {table} enthält {columns}, nach {keys} geordnet.",
    "La tabla {table} recoge {columns} por {keys}.",
)
IN_PROSE = ("As a table:", "Als Tabelle:", "En forma de tabla:")
UNKNOWN = ("(number to follow)", "(Zahl folgt)", "(cifra pendiente)")
AND = (" and ", " und ", " y ")
TABLE_HEADS = (("item", "value"), ("Merkmal", "Wert"), ("concepto", "valor"))
MESSY = (
    ("Planning data, version {n2}", "Total", "source: controlling, not final"),
    ("Plandaten, Fassung {n2}", "Summe", "Quelle: Controlling, vorläufig"),
    ("Datos de planificación, versión {n2}", "Total", "fuente: control de gestión, provisional"),
)
"""Heading, name of the last row, footnote of a sheet as people have it."""
