"""Names that models send from other systems, and what is said of them where nothing is called so (see meanings).

An answer's first argument tells the place by what it takes. Read a change of these tables by the committed answers of
all tools (tests/tools/unknown_names.json), asking what a model does next.
"""

from flint_tools.sent_names.answers import Answer, Meaning
from flint_tools.sent_names.goods import GOODS
from flint_tools.sent_names.money import MONEY
from flint_tools.sent_names.people import PEOPLE
from flint_tools.sent_names.tools import TOOLS_MEANT

MEANINGS: tuple[Meaning, ...] = (*MONEY, *GOODS, *PEOPLE)

__all__ = ["MEANINGS", "TOOLS_MEANT", "Answer", "Meaning"]
