"""What the product page promises, in our words, and the tests that prove it; test_promises.py holds the two together.

A test says the same from its side, with `@pytest.mark.promise("P4")`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Promise:
    """A claim, and the node ids of the tests that fail when it is broken."""

    claim: str
    tests: tuple[str, ...]


PROMISES: dict[str, Promise] = {
    "P1": Promise(
        "The order is the primitive: it exists before any payment, and payments, refunds, tax and coupons are "
        "operations on it.",
        (
            "tests/journeys/test_five_calls.py::test_the_five_calls_of_the_product_page_come_out_to_the_cent",
            "tests/server/cli/test_demo.py::test_the_demo_prints_the_product_pages_amounts",
            "tests/tools/test_the_page.py::test_an_order_exists_before_any_payment_and_everything_else_is_done_to_it",
        ),
    ),
    "P2": Promise(
        "Lines have quantities and prices; subtotal, discount, tax, balance and refunded amounts are computed by the "
        "server on every answer.",
        (
            "tests/domain/test_pricing.py::test_every_amount_is_the_sum_of_its_parts",
            "tests/journeys/test_five_calls.py::test_every_cent_of_the_total_is_traced",
            "tests/tools/test_the_page.py::test_every_answer_about_an_order_carries_its_amounts",
        ),
    ),
    "P3": Promise(
        "Tax is computed by the server for each line, and follows every change of lines, coupons, charges and tip.",
        (
            "tests/domain/test_pricing.py::test_tax_is_rounded_once_per_rate_and_not_line_by_line",
            "tests/tools/test_the_page.py::test_tax_follows_lines_coupons_and_charges_and_leaves_the_tip_alone",
            "tests/journeys/test_taxing.py::test_an_order_is_taxed_where_it_goes",
        ),
    ),
    "P4": Promise(
        "Coupons take a percentage or an amount off, stack by rules, and keep their limits, however many try at once.",
        (
            "tests/domain/test_coupon_refusals.py::test_a_refusal_names_the_rule_and_what_is_missing",
            "tests/domain/test_pricing.py::test_percentages_come_before_amounts_and_lines_before_orders",
            "tests/machine/test_races.py::test_the_last_coupon_is_redeemed_once",
            "tests/tools/test_refused_requests.py::test_a_coupon_is_refused_naming_the_rule",
            "tests/tools/test_resources.py::test_the_stacking_page_gives_the_order_in_which_discounts_are_taken",
        ),
    ),
    "P5": Promise(
        "A payment takes its amount and currency from the order, never from the caller; the processor's movement of "
        "money hangs on it.",
        (
            "tests/machine/test_races.py::test_many_callers_paying_one_order_charge_it_once",
            "tests/tools/test_the_page.py::test_no_tool_that_pays_takes_an_amount_to_charge",
            "tests/tools/test_the_page.py::test_what_is_charged_is_what_the_order_says_at_that_moment",
        ),
    ),
    "P6": Promise(
        "A refund, whole or in part, is one call; balance, tax and status follow by themselves, and nobody reconciles.",
        (
            "tests/domain/test_kept_back.py::test_whatever_is_kept_and_waived_the_order_ends_exactly_at_its_total",
            "tests/domain/test_kept_back.py::test_whatever_is_kept_and_waived_the_order_ends_exactly_at_its_total",
            "tests/domain/test_refund_allocation.py::test_any_sequence_of_refunds_ends_exactly_at_the_total",
            "tests/journeys/test_refunding.py::test_a_line_goes_back_with_its_own_tax_and_discount",
            "tests/journeys/test_refunding.py::test_a_refund_never_exceeds_what_was_paid",
            "tests/server/cli/test_demo.py::test_the_demo_prints_the_product_pages_amounts",
        ),
    ),
    "P7": Promise(
        "The lifecycle is deterministic: a status follows from money and endings, the server holds to it, and nobody "
        "sets it.",
        (
            "tests/domain/test_lifecycle.py::test_the_first_match_of_the_table_is_the_status",
            "tests/journeys/test_ending.py::test_a_paid_order_is_closed_and_can_still_be_refunded",
            "tests/tools/test_the_page.py::test_a_status_is_derived_and_no_argument_sets_it",
        ),
    ),
    "P8": Promise(
        "Every call that changes something takes an idempotency key, and is done once however often it is sent.",
        (
            "tests/journeys/test_answers_of_older_shapes.py::test_an_answer_of_another_shape_is_shown_from_the_records_of_now",
            "tests/journeys/test_repeating.py::test_the_same_call_again_is_answered_again_and_nothing_moves",
            "tests/machine/test_killed_processes.py::test_a_killed_process_leaves_one_charge_and_one_refund",
            "tests/tools/test_every_answer.py::test_a_dry_run_changes_nothing_and_a_key_is_done_once",
            "tests/tools/test_what_a_model_sees.py::test_what_changes_something_takes_a_key_and_a_dry_run",
        ),
    ),
    "P9": Promise(
        "Stripe processes every card; card data never touches Flint; disputes stay Stripe's and show on the order.",
        (
            "tests/contracts/test_stripe_world.py::test_every_object_says_what_it_is_for",
            "tests/contracts/test_stripe_crash.py::test_the_same_call_after_a_kill_comes_to_the_same_payment",
            "tests/server/stripe_events/test_disputes.py::test_a_dispute_is_shown_as_it_stands_now_and_not_as_the_event_told_it",
            "tests/tools/test_every_text.py::test_a_card_number_is_refused_in_every_text_as_its_rule_says",
        ),
    ),
    "P10": Promise(
        "An order tells a machine what it holds, what can be done with it and what was done to it: names, statuses, "
        "actions, a trail.",
        (
            "tests/journeys/test_repeating.py::test_the_trail_says_who_did_it",
            "tests/tools/test_selection.py::test_hints_offer_only_what_the_server_shows",
            "tests/tools/test_the_page.py::test_an_agent_that_only_follows_hints_gets_from_open_to_refunded",
        ),
    ),
    "P11": Promise(
        "What the catalog sells, with its price and its stock, is put on an order by reference.",
        (
            "tests/journeys/test_catalog.py::test_the_same_shirt_in_another_size_in_stock_and_cheapest_is_one_search",
            "tests/journeys/test_ordering_by_reference.py::"
            "test_name_and_price_come_from_the_catalog_by_any_of_its_names",
            "tests/journeys/test_stock.py::test_units_are_reserved_until_paid_and_sold_from_then_on",
            "tests/machine/test_stock_races.py::test_the_last_units_go_to_as_many_orders_as_there_are",
            "tests/tools/test_catalog_tools.py::test_an_agent_finds_orders_and_counts_what_is_sold",
        ),
    ),
    "P12": Promise(
        "Customers have saved payment methods that pay without them, and a history of what they bought.",
        (
            "tests/journeys/test_customers.py::test_history_adds_up_in_each_currency",
            "tests/journeys/test_saving_methods.py::test_of_a_saved_card_brand_last_four_and_expiry_are_kept",
            "tests/journeys/test_paying_with_saved_methods.py::"
            "test_a_saved_card_pays_without_its_buyer_and_gets_its_money_back",
        ),
    ),
    "P15": Promise(
        "Webhooks tell of every change of an order and its payments: signed, tried again, with the order as data.",
        (
            "tests/server/webhooks/test_delivery.py::test_every_change_of_an_order_is_told_once_in_the_order_of_its_versions",
            "tests/server/webhooks/test_delivery.py::test_the_data_is_the_order_as_get_order_gives_it_in_full",
            "tests/server/webhooks/test_delivery.py::test_two_endpoints_get_the_same_event_id_each_under_its_own_secret",
        ),
    ),
    "P16": Promise(
        "Support, operations and agents read one record: what was bought, paid and refunded, and what needs attention.",
        (
            "tests/test_agent_examples.py::test_the_example_runs_to_its_end",
            "tests/tools/test_the_page.py::test_one_read_says_what_was_bought_paid_and_refunded_and_what_needs_attention",
        ),
    ),
}
