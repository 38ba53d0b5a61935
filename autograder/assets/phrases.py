"""Word lists and sentence templates for made-up financial news in the style of Financial PhraseBank.

Every company, person and sentence is invented here. It holds data only; `sentences` puts it together.
A slot in braces is filled by `sentences`; text is tokenised the way the original is (" ." and " 's").
"""

from __future__ import annotations

COMPANIES = (
    "Norvalta", "Tersolin", "Kaivomet", "Bracklund", "Ostermera", "Piltoneva", "Veldamar", "Suorakas",
    "Grantholm", "Mirelia", "Fennoxa", "Ståltrona", "Haldermann", "Rautavesi", "Lumenor", "Calderique",
    "Windmere", "Aurélys", "Jokipaper", "Dravenko", "Selkora", "Tammivalta", "Orlaxen", "Pérenna",
    "Kestrelin", "Ahtermarine", "Vintrosa", "Balticore", "Hämevoima", "Quillenberg",
)  # fmt: skip
CITIES = (
    "Tampere", "Turku", "Riga", "Vilnius", "Malmö", "Göteborg", "Oulu", "Tallinn", "Gdansk", "Hamburg",
    "Lyon", "Bergen", "Porto", "Brno", "Aarhus", "Shanghai", "Chennai", "Curitiba",
)  # fmt: skip
PRODUCTS = (
    "harbour cranes", "paper machines", "base stations", "elevators", "frozen foods", "ship engines",
    "payment terminals", "pumps", "steel tubes", "wind turbine gearboxes", "school books", "log houses",
    "fibre cables", "hospital software", "fishing rods", "plywood", "tyres", "air filters", "mining drills",
    "mobile games", "packaging board", "district heating valves", "lottery terminals", "sauna stoves",
)  # fmt: skip
MARKETS = (
    "the Baltic countries", "Russia", "Poland", "Germany", "China", "India", "Brazil", "the Nordic countries",
    "North America", "Ukraine", "France", "South Korea",
)  # fmt: skip
PERSONS = (
    "Aino Rantala", "Mikael Sundgren", "Pekka Tuominiemi", "Laura Ekholm", "Jonas Weber", "Irina Solovey",
    "Henrik Nyholm", "Katri Salmela", "Olli Vanhanen-Ruiz", "Sofia Lindqvist", "Tomas Krall", "Noora Ilves",
)  # fmt: skip
ROLES = (
    "chief financial officer", "managing director", "head of research", "chairman of the board",
    "vice president for logistics", "director of human resources", "general counsel", "plant manager",
)  # fmt: skip
PERIODS = (
    "the first quarter", "the second quarter", "the third quarter", "the final quarter", "January-March",
    "April-June", "July-September", "the first nine months of the year", "the whole financial year",
    "the review period",
)  # fmt: skip

GOOD = (
    "net sales", "operating profit", "pre-tax profit", "order intake", "order stock", "earnings per share",
    "cash flow from operations", "operating margin", "turnover", "market share", "passenger volume",
    "capacity utilisation",
)  # fmt: skip
"""Figures of which more is better."""
BAD = (
    "net loss", "operating loss", "net debt", "raw material costs", "credit losses",
    "inventories of unsold goods",
    "delivery times", "staff turnover", "interest expenses", "warranty claims", "energy costs",
    "overdue receivables",
)  # fmt: skip
"""Figures of which less is better: the same verbs mean the opposite."""

UP = ("rose", "grew", "climbed", "increased", "went up", "edged up", "jumped", "doubled")
DOWN = ("fell", "declined", "dropped", "decreased", "went down", "slipped", "shrank", "halved")
HELP = (
    "brisk demand for {product}", "higher deliveries to {market}", "a better product mix",
    "last year 's savings",
    "new customers in {market}", "full order books in {city}",
)  # fmt: skip
HARM = (
    "weak demand for {product}", "postponed deliveries to {market}", "a poorer product mix",
    "start-up problems in {city}",
    "lost customers in {market}", "half-empty order books in {city}",
)  # fmt: skip

POSITIVE = (
    "{Good} of {co} {up} to EUR {high} mn in {period} from EUR {low} mn a year earlier .",
    "In {period} , {co} 's {good} {up} by {pct} % on the year .",
    "{co} said its {good} {up} by {pct} % in {period} , helped by {help} .",
    "{Bad} of {co} {down} to EUR {low} mn in {period} from EUR {high} mn a year earlier .",
    "In {period} , {co} 's {bad} {down} by {pct} % on the year .",
    "{co} said its {bad} {down} in {period} , helped by {help} .",
    "{co} raised its outlook for the year because {good} {up} faster than it had planned .",
    "{co} has won an order worth EUR {high} mn to supply {product} to {co2} in {market} .",
    "{co} will hire {n} people at its {city} plant to keep up with demand for {product} .",
    "The deal gives {co} a stronger foothold in {market} and should lift {good} from next year on .",
    "{co} turned to a profit of EUR {low} mn in {period} from a loss of EUR {high} mn .",
    "{bank} upgraded {co} to buy , saying the worst is over for makers of {product} .",
    "{co} called back the {n} workers it had laid off in {city} , as orders for {product} recovered .",
    "The {city} plant of {co} beat its targets , and {bad} {down} for the third period in a row .",
)
NEGATIVE = (
    "{Good} of {co} {down} to EUR {low} mn in {period} from EUR {high} mn a year earlier .",
    "In {period} , {co} 's {good} {down} by {pct} % on the year .",
    "{co} said its {good} {down} by {pct} % in {period} , hurt by {harm} .",
    "{Bad} of {co} {up} to EUR {high} mn in {period} from EUR {low} mn a year earlier .",
    "In {period} , {co} 's {bad} {up} by {pct} % on the year .",
    "{co} said its {bad} {up} in {period} , hurt by {harm} .",
    "{co} cut its outlook for the year because {good} {down} faster than it had planned .",
    "{co} has lost an order worth EUR {high} mn to supply {product} to {co2} in {market} .",
    "{co} will lay off {n} people at its {city} plant for lack of demand for {product} .",
    "The dispute weakens {co} in {market} and is likely to burden {good} from next year on .",
    "{co} slid to a loss of EUR {high} mn in {period} from a profit of EUR {low} mn .",
    "{bank} downgraded {co} to sell , saying the worst is still ahead for makers of {product} .",
    "{co} closed its {city} line for {product} , and {n} workers it had only just hired must go .",
    "The {city} plant of {co} missed its targets , and {bad} {up} for the third period in a row .",
)
NEUTRAL = (
    "{co} makes {product} and employs some {n} people in {market} .",
    "{co} will publish its {good} for {period} on the last Tuesday of the month .",
    "{person} has been appointed {role} of {co} as of the beginning of {period} .",
    "The annual general meeting of {co} will be held in {city} in the spring .",
    "The board of {co} was authorised to decide on an increase of the share capital by {pct} % .",
    "{co} 's shares are listed in {city} and in {market} .",
    "The order comprises {n} {product} , which {co} will ship to {co2} via {city} .",
    "{co} and {co2} have signed a letter of intent about {product} in {market} .",
    "The number of {co} 's shares rose to {n} million after the subscriptions had been registered .",
    "The value of the contract between {co} and {co2} was not disclosed .",
    "The new {city} office of {co} will serve customers in {market} .",
    "{co} , which had net sales of EUR {high} mn last year , is owned by {co2} .",
    "{person} , {role} of {co} , holds {n} thousand shares in the company .",
    "The change in {co} 's {good} will be explained at a press conference in {city} .",
    "{co} 's stand at the {city} fair shows {product} from {market} .",
    "The share of {co} held by {bank} has fallen below the threshold of {pct} % .",
    "{co} reports its {bad} for {period} under the new accounting standard .",
    "The loan of {co} matures in {n} days and carries interest of {pct} % .",
    "{co2} delivers components for {product} to {co} 's factory in {city} .",
    "According to {person} , {co} has made no decision about {product} in {market} .",
    "{co} moved the head office of its unit for {product} from {city} to {city2} .",
    "The name of {co2} will be changed to {co} {city} .",
    "{co} was founded in {city} and began with {product} .",
    "Trading in the new shares of {co} begins in {period} .",
)
DIVIDED = (
    ("positive", "{co} expects its {good} in {period} to be at least on the level of the year before ."),
    ("positive", "{Good} of {co} came to EUR {high} mn in {period} , against EUR {low} mn a year earlier ."),
    ("positive", "{co} bought the {product} business of {co2} in {market} for EUR {low} mn ."),
    ("negative", "{Good} of {co} came to EUR {low} mn in {period} , against EUR {high} mn a year earlier ."),
    ("negative", "{co} will start talks with its {n} employees in {city} about a new organisation ."),
    ("negative", "Although {good} {up} in {market} , {co} 's {bad} {up} as well in {period} ."),
    ("neutral", "{co} will invest EUR {low} mn in its {city} plant for {product} ."),
    ("neutral", "While {good} {up} in {market} , they {down} in {market2} , and {co} keeps its outlook ."),
    ("neutral", "{co} considers selling its {product} business in {market} to {co2} ."),
    ("neutral", "{bank} keeps {co} at hold , although its {bad} {down} in {period} ."),
)
"""Sentences on which readers would differ: they are in the subsets with less agreement only."""
