"""The checks of tests/machine are plain asserts; pytest tells what was compared."""

import pytest

pytest.register_assert_rewrite("tests.machine.books")
