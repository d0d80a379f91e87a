"""Names that members of sets are drawn from, by language."""

TOWNS = ("Kestrel, Arden, Bramley, Corvale, Dunmore, Elwick, Farrow, Galdon, Hexley, Ivorne",) * 3
PEOPLE = ("Ada, Ben, Carla, David, Emma, Felix, Greta, Hugo, Ines, Jonas",) * 3
LETTERS = ("A, B, C, D, E, F, G, H, K, L",) * 3
DAYS = (
    "Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday",
    "Montag, Dienstag, Mittwoch, Donnerstag, Freitag, Samstag, Sonntag",
    "lunes, martes, miércoles, jueves, viernes, sábado, domingo",
)
FOODS = (
    "oats, rice, lentils, milk, cheese, apples, spinach, eggs",
    "Hafer, Reis, Linsen, Milch, Käse, Äpfel, Spinat, Eier",
    "avena, arroz, lentejas, leche, queso, manzanas, espinacas, huevos",
)
TASKS = (
    "survey, design, permit, foundation, framing, wiring, roofing, finishing",
    "Vermessung, Entwurf, Genehmigung, Fundament, Rohbau, Elektrik, Dach, Ausbau",
    "medición, diseño, permiso, cimentación, estructura, electricidad, tejado, acabado",
)


def in_order(count: int, names: tuple[str, str, str], language: int) -> list[str]:
    """The first `count` names, in their order."""
    return [name.strip() for name in names[language].split(",")][:count]
