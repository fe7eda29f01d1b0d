-- The tables of revision 0012, as they were when it was released.

CREATE TABLE merchants (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    currency TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    schema INTEGER NOT NULL,
    body TEXT NOT NULL,
    CONSTRAINT pk_merchants PRIMARY KEY (id)
);

CREATE TABLE coupons (
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    merchant_id TEXT NOT NULL,
    code_upper TEXT NOT NULL,
    version INTEGER NOT NULL,
    active BOOLEAN NOT NULL,
    uses INTEGER NOT NULL,
    max_uses INTEGER,
    max_uses_per_customer INTEGER,
    schema INTEGER NOT NULL,
    body TEXT NOT NULL,
    CONSTRAINT pk_coupons PRIMARY KEY (seq),
    CONSTRAINT uq_coupons_merchant_id_id UNIQUE (merchant_id, id),
    CONSTRAINT uq_coupons_merchant_id_code_upper UNIQUE (merchant_id, code_upper),
    CONSTRAINT fk_coupons_merchant_id_merchants FOREIGN KEY(merchant_id) REFERENCES merchants (id)
);

CREATE INDEX ix_coupons_merchant_id_seq ON coupons (merchant_id, seq);

CREATE TABLE customers (
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    merchant_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    gone BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    text TEXT NOT NULL,
    on_orders TEXT DEFAULT '' NOT NULL,
    schema INTEGER NOT NULL,
    body TEXT NOT NULL,
    CONSTRAINT pk_customers PRIMARY KEY (seq),
    CONSTRAINT uq_customers_merchant_id_id UNIQUE (merchant_id, id),
    CONSTRAINT fk_customers_merchant_id_merchants FOREIGN KEY(merchant_id) REFERENCES merchants (id)
);

CREATE INDEX ix_customers_newest ON customers (merchant_id, seq) WHERE gone = 0;

CREATE TABLE gift_card_accounts (
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    merchant_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    currency TEXT NOT NULL,
    customer_id TEXT,
    code_digest TEXT,
    merged_into TEXT,
    balance BIGINT NOT NULL,
    schema INTEGER NOT NULL,
    body TEXT NOT NULL,
    CONSTRAINT pk_gift_card_accounts PRIMARY KEY (seq),
    CONSTRAINT ck_gift_card_accounts_never_below_zero CHECK (balance >= 0),
    CONSTRAINT uq_gift_card_accounts_merchant_id_id UNIQUE (merchant_id, id),
    CONSTRAINT fk_gift_card_accounts_merchant_id_merged_into_gift_card_accounts FOREIGN KEY(merchant_id, merged_into) REFERENCES gift_card_accounts (merchant_id, id),
    CONSTRAINT fk_gift_card_accounts_merchant_id_merchants FOREIGN KEY(merchant_id) REFERENCES merchants (id)
);

CREATE INDEX ix_gift_card_accounts_customer ON gift_card_accounts (merchant_id, customer_id, seq) WHERE customer_id IS NOT NULL;

CREATE UNIQUE INDEX uq_gift_card_accounts_code ON gift_card_accounts (merchant_id, code_digest) WHERE code_digest IS NOT NULL;

CREATE UNIQUE INDEX uq_gift_card_accounts_store_credit ON gift_card_accounts (merchant_id, customer_id, currency) WHERE kind = 'store_credit';

CREATE TABLE idempotency_records (
    seq INTEGER NOT NULL,
    merchant_id TEXT NOT NULL,
    principal TEXT NOT NULL,
    "key" TEXT NOT NULL,
    command TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    fields BLOB NOT NULL,
    ref TEXT,
    order_id TEXT,
    customer_id TEXT,
    account_id TEXT,
    answer BLOB,
    created_at BIGINT NOT NULL,
    CONSTRAINT pk_idempotency_records PRIMARY KEY (seq),
    CONSTRAINT uq_idempotency_records_merchant_id_principal_key UNIQUE (merchant_id, principal, "key"),
    CONSTRAINT fk_idempotency_records_merchant_id_merchants FOREIGN KEY(merchant_id) REFERENCES merchants (id)
);

CREATE TABLE items (
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    merchant_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    reference_key TEXT,
    reference_twin TEXT DEFAULT '' NOT NULL,
    active BOOLEAN NOT NULL,
    text TEXT NOT NULL,
    schema INTEGER NOT NULL,
    body TEXT NOT NULL,
    CONSTRAINT pk_items PRIMARY KEY (seq),
    CONSTRAINT uq_items_merchant_id_id UNIQUE (merchant_id, id),
    CONSTRAINT fk_items_merchant_id_merchants FOREIGN KEY(merchant_id) REFERENCES merchants (id)
);

CREATE INDEX ix_items_newest ON items (merchant_id, seq, active);

CREATE UNIQUE INDEX uq_items_reference ON items (merchant_id, reference_key, reference_twin) WHERE reference_key IS NOT NULL;

CREATE TABLE order_spans (
    merchant_id TEXT NOT NULL,
    span BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_day INTEGER NOT NULL,
    CONSTRAINT pk_order_spans PRIMARY KEY (merchant_id, span),
    CONSTRAINT fk_order_spans_merchant_id_merchants FOREIGN KEY(merchant_id) REFERENCES merchants (id)
)
 WITHOUT ROWID;

CREATE TABLE orders (
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    merchant_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    status TEXT NOT NULL,
    payment_status TEXT NOT NULL,
    fulfillment_status TEXT NOT NULL,
    customer_id TEXT,
    reference_key TEXT,
    reference_twin TEXT DEFAULT '' NOT NULL,
    currency TEXT NOT NULL,
    total BIGINT NOT NULL,
    outstanding BIGINT NOT NULL,
    paid BIGINT NOT NULL,
    refunded BIGINT NOT NULL,
    needs_attention BOOLEAN NOT NULL,
    reserved_until BIGINT,
    fingerprint TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    text TEXT NOT NULL,
    buyer TEXT DEFAULT '' NOT NULL,
    schema INTEGER NOT NULL,
    body TEXT NOT NULL,
    CONSTRAINT pk_orders PRIMARY KEY (seq),
    CONSTRAINT uq_orders_merchant_id_id UNIQUE (merchant_id, id),
    CONSTRAINT fk_orders_merchant_id_merchants FOREIGN KEY(merchant_id) REFERENCES merchants (id)
);

CREATE INDEX ix_orders_customer ON orders (merchant_id, customer_id, seq, currency, status, paid, refunded, created_at) WHERE customer_id IS NOT NULL;

CREATE INDEX ix_orders_fingerprint ON orders (merchant_id, fingerprint, created_at);

CREATE INDEX ix_orders_fulfillment_status ON orders (merchant_id, fulfillment_status, seq);

CREATE INDEX ix_orders_needs_attention ON orders (merchant_id, needs_attention, seq) WHERE needs_attention = 1;

CREATE INDEX ix_orders_newest ON orders (merchant_id, seq, created_at);

CREATE INDEX ix_orders_payment_status ON orders (merchant_id, payment_status, seq, status, created_at);

CREATE INDEX ix_orders_reserved_until ON orders (reserved_until) WHERE reserved_until IS NOT NULL;

CREATE INDEX ix_orders_status ON orders (merchant_id, status, seq, payment_status, created_at);

CREATE UNIQUE INDEX uq_orders_reference ON orders (merchant_id, reference_key, reference_twin) WHERE reference_key IS NOT NULL;

CREATE TABLE stripe_events (
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    merchant_id TEXT NOT NULL,
    type TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    due_at BIGINT NOT NULL,
    tries INTEGER NOT NULL,
    received_at BIGINT NOT NULL,
    schema INTEGER NOT NULL,
    body TEXT NOT NULL,
    CONSTRAINT pk_stripe_events PRIMARY KEY (seq),
    CONSTRAINT uq_stripe_events_merchant_id_id UNIQUE (merchant_id, id),
    CONSTRAINT fk_stripe_events_merchant_id_merchants FOREIGN KEY(merchant_id) REFERENCES merchants (id)
);

CREATE INDEX ix_stripe_events_due ON stripe_events (due_at, seq) WHERE state = 'waiting';

CREATE TABLE tax_rates (
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    merchant_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    active BOOLEAN NOT NULL,
    is_default BOOLEAN NOT NULL,
    country TEXT,
    region TEXT,
    schema INTEGER NOT NULL,
    body TEXT NOT NULL,
    CONSTRAINT pk_tax_rates PRIMARY KEY (seq),
    CONSTRAINT uq_tax_rates_merchant_id_id UNIQUE (merchant_id, id),
    CONSTRAINT fk_tax_rates_merchant_id_merchants FOREIGN KEY(merchant_id) REFERENCES merchants (id)
);

CREATE INDEX ix_tax_rates_country ON tax_rates (merchant_id, country, seq, region) WHERE country IS NOT NULL;

CREATE INDEX ix_tax_rates_merchant_id_seq ON tax_rates (merchant_id, seq);

CREATE UNIQUE INDEX uq_tax_rates_default ON tax_rates (merchant_id) WHERE is_default = 1 AND active = 1;

CREATE TABLE webhook_endpoints (
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    merchant_id TEXT NOT NULL,
    status TEXT NOT NULL,
    events TEXT NOT NULL,
    failing BOOLEAN NOT NULL,
    held_until BIGINT NOT NULL,
    schema INTEGER NOT NULL,
    body TEXT NOT NULL,
    CONSTRAINT pk_webhook_endpoints PRIMARY KEY (seq),
    CONSTRAINT uq_webhook_endpoints_merchant_id_id UNIQUE (merchant_id, id),
    CONSTRAINT fk_webhook_endpoints_merchant_id_merchants FOREIGN KEY(merchant_id) REFERENCES merchants (id)
);

CREATE INDEX ix_webhook_endpoints_merchant_id_status_seq ON webhook_endpoints (merchant_id, status, seq);

CREATE TABLE coupon_customer_uses (
    merchant_id TEXT NOT NULL,
    coupon_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    uses INTEGER NOT NULL,
    CONSTRAINT pk_coupon_customer_uses PRIMARY KEY (merchant_id, coupon_id, customer_id),
    CONSTRAINT fk_coupon_customer_uses_merchant_id_coupon_id_coupons FOREIGN KEY(merchant_id, coupon_id) REFERENCES coupons (merchant_id, id),
    CONSTRAINT fk_coupon_customer_uses_merchant_id_merchants FOREIGN KEY(merchant_id) REFERENCES merchants (id)
)
 WITHOUT ROWID;

CREATE TABLE coupon_uses (
    merchant_id TEXT NOT NULL,
    coupon_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    customer_id TEXT,
    CONSTRAINT pk_coupon_uses PRIMARY KEY (merchant_id, coupon_id, order_id),
    CONSTRAINT fk_coupon_uses_merchant_id_coupon_id_coupons FOREIGN KEY(merchant_id, coupon_id) REFERENCES coupons (merchant_id, id),
    CONSTRAINT fk_coupon_uses_merchant_id_merchants FOREIGN KEY(merchant_id) REFERENCES merchants (id)
)
 WITHOUT ROWID;

CREATE INDEX ix_coupon_uses_customer ON coupon_uses (merchant_id, customer_id) WHERE customer_id IS NOT NULL;

CREATE TABLE customer_keys (
    merchant_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    customer_seq INTEGER NOT NULL,
    CONSTRAINT pk_customer_keys PRIMARY KEY (merchant_id, kind, value, customer_seq),
    CONSTRAINT fk_customer_keys_merchant_id_merchants FOREIGN KEY(merchant_id) REFERENCES merchants (id),
    CONSTRAINT fk_customer_keys_customer_seq_customers FOREIGN KEY(customer_seq) REFERENCES customers (seq)
)
 WITHOUT ROWID;

CREATE INDEX ix_customer_keys_merchant_id_customer_seq ON customer_keys (merchant_id, customer_seq);

CREATE UNIQUE INDEX uq_customer_keys_reference ON customer_keys (merchant_id, value) WHERE kind = 'reference';

CREATE TABLE facts (
    merchant_id TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    id TEXT NOT NULL,
    order_id TEXT,
    type TEXT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    principal TEXT NOT NULL,
    summary TEXT NOT NULL,
    data TEXT NOT NULL,
    CONSTRAINT pk_facts PRIMARY KEY (merchant_id, subject_kind, subject_id, version, position),
    CONSTRAINT fk_facts_merchant_id_order_id_orders FOREIGN KEY(merchant_id, order_id) REFERENCES orders (merchant_id, id),
    CONSTRAINT uq_facts_merchant_id_id UNIQUE (merchant_id, id),
    CONSTRAINT fk_facts_merchant_id_merchants FOREIGN KEY(merchant_id) REFERENCES merchants (id)
)
 WITHOUT ROWID;

CREATE TABLE stock (
    merchant_id TEXT NOT NULL,
    variant_id TEXT NOT NULL,
    item_id TEXT NOT NULL,
    tracked BOOLEAN NOT NULL,
    available BIGINT NOT NULL,
    reserved BIGINT NOT NULL,
    sold BIGINT NOT NULL,
    CONSTRAINT pk_stock PRIMARY KEY (merchant_id, variant_id),
    CONSTRAINT ck_stock_available CHECK (available >= 0),
    CONSTRAINT ck_stock_reserved CHECK (reserved >= 0),
    CONSTRAINT ck_stock_sold CHECK (sold >= 0),
    CONSTRAINT fk_stock_merchant_id_item_id_items FOREIGN KEY(merchant_id, item_id) REFERENCES items (merchant_id, id),
    CONSTRAINT fk_stock_merchant_id_merchants FOREIGN KEY(merchant_id) REFERENCES merchants (id)
)
 WITHOUT ROWID;

CREATE TABLE transfers (
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    merchant_id TEXT NOT NULL,
    order_id TEXT,
    customer_id TEXT,
    account_id TEXT,
    subject_kind TEXT,
    subject_id TEXT,
    payment_id TEXT,
    refund_id TEXT,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    reference TEXT,
    idempotency_key TEXT,
    principal TEXT,
    leased_until BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    schema INTEGER NOT NULL,
    body TEXT NOT NULL,
    CONSTRAINT pk_transfers PRIMARY KEY (seq),
    CONSTRAINT ck_transfers_money_or_errand CHECK ((payment_id IS NOT NULL AND order_id IS NOT NULL AND subject_kind IS NULL AND subject_id IS NULL) OR (payment_id IS NULL AND refund_id IS NULL AND subject_kind IS NOT NULL AND subject_id IS NOT NULL)),
    CONSTRAINT uq_transfers_merchant_id_id UNIQUE (merchant_id, id),
    CONSTRAINT fk_transfers_merchant_id_order_id_orders FOREIGN KEY(merchant_id, order_id) REFERENCES orders (merchant_id, id),
    CONSTRAINT fk_transfers_merchant_id_merchants FOREIGN KEY(merchant_id) REFERENCES merchants (id)
);

CREATE INDEX ix_transfers_due ON transfers (leased_until) WHERE state IN ('pending', 'planned', 'requires_action', 'unknown');

CREATE INDEX ix_transfers_open ON transfers (merchant_id, principal, idempotency_key) WHERE state IN ('pending', 'planned', 'requires_action', 'unknown');

CREATE INDEX ix_transfers_order ON transfers (merchant_id, order_id) WHERE order_id IS NOT NULL;

CREATE INDEX ix_transfers_payment ON transfers (merchant_id, payment_id) WHERE payment_id IS NOT NULL;

CREATE INDEX ix_transfers_refund ON transfers (merchant_id, refund_id) WHERE refund_id IS NOT NULL;

CREATE INDEX ix_transfers_subject ON transfers (merchant_id, subject_kind, subject_id) WHERE subject_kind IS NOT NULL;

CREATE UNIQUE INDEX uq_transfers_reference ON transfers (merchant_id, kind, reference) WHERE reference IS NOT NULL AND kind IN ('authorize', 'charge', 'refund');

CREATE TABLE variants (
    merchant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    item_id TEXT NOT NULL,
    sku_key TEXT,
    sku_twin TEXT DEFAULT '' NOT NULL,
    active BOOLEAN NOT NULL,
    low_stock_at BIGINT,
    options TEXT NOT NULL,
    CONSTRAINT pk_variants PRIMARY KEY (merchant_id, id),
    CONSTRAINT fk_variants_merchant_id_item_id_items FOREIGN KEY(merchant_id, item_id) REFERENCES items (merchant_id, id),
    CONSTRAINT fk_variants_merchant_id_merchants FOREIGN KEY(merchant_id) REFERENCES merchants (id)
);

CREATE INDEX ix_variants_item ON variants (merchant_id, item_id);

CREATE UNIQUE INDEX uq_variants_sku ON variants (merchant_id, sku_key, sku_twin) WHERE sku_key IS NOT NULL;

CREATE TABLE webhook_deliveries (
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    merchant_id TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    subject_version INTEGER NOT NULL,
    order_id TEXT,
    event_id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    state TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    again BOOLEAN NOT NULL,
    reason TEXT,
    created_at BIGINT NOT NULL,
    schema INTEGER NOT NULL,
    log TEXT NOT NULL,
    payload TEXT,
    CONSTRAINT pk_webhook_deliveries PRIMARY KEY (seq),
    CONSTRAINT uq_webhook_deliveries_merchant_id_id UNIQUE (merchant_id, id),
    CONSTRAINT uq_webhook_deliveries_merchant_id_endpoint_id_event_id UNIQUE (merchant_id, endpoint_id, event_id),
    CONSTRAINT fk_webhook_deliveries_merchant_id_endpoint_id_webhook_endpoints FOREIGN KEY(merchant_id, endpoint_id) REFERENCES webhook_endpoints (merchant_id, id),
    CONSTRAINT fk_webhook_deliveries_merchant_id_order_id_orders FOREIGN KEY(merchant_id, order_id) REFERENCES orders (merchant_id, id),
    CONSTRAINT fk_webhook_deliveries_merchant_id_merchants FOREIGN KEY(merchant_id) REFERENCES merchants (id)
);

CREATE INDEX ix_webhook_deliveries_due ON webhook_deliveries (merchant_id, endpoint_id, due_at, seq) WHERE state IN ('pending', 'sending');

CREATE INDEX ix_webhook_deliveries_line ON webhook_deliveries (merchant_id, endpoint_id, subject_kind, subject_id, seq) WHERE state IN ('pending', 'sending', 'waiting') AND again = 0;

CREATE INDEX ix_webhook_deliveries_merchant_id_endpoint_id_seq ON webhook_deliveries (merchant_id, endpoint_id, seq);

CREATE INDEX ix_webhook_deliveries_merchant_id_seq ON webhook_deliveries (merchant_id, seq);

CREATE INDEX ix_webhook_deliveries_order ON webhook_deliveries (merchant_id, order_id, seq) WHERE order_id IS NOT NULL;

CREATE TABLE gift_card_entries (
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    merchant_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    amount BIGINT NOT NULL,
    balance BIGINT NOT NULL,
    transfer_id TEXT,
    payment_id TEXT,
    order_id TEXT,
    counterpart TEXT,
    actor TEXT NOT NULL,
    note TEXT,
    at BIGINT NOT NULL,
    CONSTRAINT pk_gift_card_entries PRIMARY KEY (seq),
    CONSTRAINT uq_gift_card_entries_merchant_id_id UNIQUE (merchant_id, id),
    CONSTRAINT fk_gift_card_entries_merchant_id_account_id_gift_card_accounts FOREIGN KEY(merchant_id, account_id) REFERENCES gift_card_accounts (merchant_id, id),
    CONSTRAINT fk_gift_card_entries_merchant_id_transfer_id_transfers FOREIGN KEY(merchant_id, transfer_id) REFERENCES transfers (merchant_id, id),
    CONSTRAINT fk_gift_card_entries_merchant_id_order_id_orders FOREIGN KEY(merchant_id, order_id) REFERENCES orders (merchant_id, id),
    CONSTRAINT fk_gift_card_entries_merchant_id_counterpart_gift_card_accounts FOREIGN KEY(merchant_id, counterpart) REFERENCES gift_card_accounts (merchant_id, id),
    CONSTRAINT fk_gift_card_entries_merchant_id_merchants FOREIGN KEY(merchant_id) REFERENCES merchants (id)
);

CREATE INDEX ix_gift_card_entries_hold ON gift_card_entries (merchant_id, payment_id) WHERE kind IN ('held', 'released');

CREATE INDEX ix_gift_card_entries_merchant_id_account_id_seq ON gift_card_entries (merchant_id, account_id, seq);

CREATE UNIQUE INDEX uq_gift_card_entries_transfer ON gift_card_entries (merchant_id, transfer_id, kind) WHERE transfer_id IS NOT NULL;

CREATE TABLE stock_changes (
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    merchant_id TEXT NOT NULL,
    variant_id TEXT NOT NULL,
    available BIGINT NOT NULL,
    reserved BIGINT NOT NULL,
    sold BIGINT NOT NULL,
    reason TEXT NOT NULL,
    order_id TEXT,
    note TEXT,
    actor TEXT NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT pk_stock_changes PRIMARY KEY (seq),
    CONSTRAINT uq_stock_changes_merchant_id_id UNIQUE (merchant_id, id),
    CONSTRAINT fk_stock_changes_merchant_id_variant_id_stock FOREIGN KEY(merchant_id, variant_id) REFERENCES stock (merchant_id, variant_id),
    CONSTRAINT fk_stock_changes_merchant_id_merchants FOREIGN KEY(merchant_id) REFERENCES merchants (id)
);

CREATE INDEX ix_stock_changes_merchant_id_variant_id_seq ON stock_changes (merchant_id, variant_id, seq);
