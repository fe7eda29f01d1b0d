"""Tools that models ask for by the names of other systems."""

TOOLS_MEANT: dict[str, str] = {
    "create_refund": "refund refund_order refund_payment issue_refund make_refund process_refund refund_charge",
    "quote_refund": "preview_refund calculate_refund estimate_refund",
    "pay_order": "pay charge charge_order charge_card create_payment make_payment take_payment "
    "process_payment create_payment_intent confirm_payment authorize_payment place_order",
    "void_payment cancel_order": "void_order",
    "capture_payment": "capture capture_order capture_payment_intent capture_charge",
    "void_payment": "void cancel_payment release_payment void_authorization cancel_payment_intent",
    "get_payment": "read_payment show_payment retrieve_payment get_payment_intent",
    "get_order": "read_order show_order view_order retrieve_order fetch_order order_details list_payments get_payments "
    "get_timeline list_refunds get_refunds get_order_history",
    "search_orders": "list_orders find_orders find_order get_orders lookup_order order_lookup query_orders",
    "create_order": "new_order add_order make_order calculate_tax create_cart create_draft_order",
    "update_order amend_order": "edit_order modify_order change_order update_line_items add_line_item remove_line_item "
    "update_address change_address update_shipping_address add_note",
    "cancel_order": "delete_order remove_order abort_order",
    "close_order": "complete_order archive_order finish_order",
    "apply_coupon": "add_coupon use_coupon redeem_coupon apply_discount add_discount apply_promo_code apply_code",
    "update_coupon": "delete_coupon disable_coupon deactivate_coupon edit_coupon",
    "search_coupons": "list_coupons get_coupon get_coupons find_coupon find_coupons",
    "search_customers": "list_customers find_customer find_customers get_customers lookup_customer",
    "get_customer": "read_customer show_customer retrieve_customer list_payment_methods get_payment_methods",
    "save_customer": "create_customer update_customer add_customer edit_customer new_customer upsert_customer",
    "merge_customers": "join_customers deduplicate_customers combine_customers",
    "merge_customers erase_customer": "delete_customer remove_customer",
    "erase_customer": "forget_customer anonymize_customer",
    "add_payment_method": "save_payment_method attach_payment_method create_payment_method save_card add_card",
    "remove_payment_method": "delete_payment_method detach_payment_method remove_card delete_card",
    "save_item": "create_item update_item add_item edit_item create_product update_product add_product save_product",
    "search_items": "list_items find_items get_item get_items list_products search_products get_product get_products "
    "find_product get_inventory check_inventory get_stock check_stock search_catalog",
    "adjust_inventory": "update_inventory set_inventory adjust_stock update_stock set_stock add_stock restock "
    "restock_item",
    "fulfill_order": "ship_order ship create_fulfillment create_shipment mark_shipped mark_delivered deliver_order "
    "mark_as_shipped mark_as_delivered add_tracking fulfil_order",
    "return_items": "return_order create_return process_return return_item exchange_items exchange_item exchange_order",
    "move_payment": "change_payment switch_payment change_payment_method swap_payment_method",
    "issue_gift_card": "create_gift_card make_gift_card new_gift_card",
    "issue_store_credit": "add_store_credit create_store_credit give_store_credit grant_store_credit",
    "get_gift_card": "read_gift_card check_gift_card get_store_credit gift_card_balance check_balance",
    "save_tax_rate": "create_tax_rate update_tax_rate add_tax_rate",
    "list_tax_rates": "get_tax_rates get_tax_rate search_tax_rates",
    "create_webhook_endpoint": "create_webhook add_webhook register_webhook subscribe_webhook update_webhook",
}
"""Tools by the names that models know them by from other systems; two where the one or the other is meant."""
