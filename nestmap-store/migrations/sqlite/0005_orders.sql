create table orders (
    organization_id blob not null,
    order_id blob not null,
    trip_id blob not null,
    version integer not null,
    supplier text,
    supplier_order_id text,
    due_at integer,
    needs_person_since integer,
    document text not null,
    foreign key (organization_id, trip_id) references trips (organization_id, trip_id),
    unique (organization_id, supplier, supplier_order_id),
    primary key (organization_id, order_id)
) strict, without rowid
--;
create index orders_trip on orders (organization_id, trip_id, order_id)
--;
create index orders_due on orders (organization_id, due_at, order_id) where due_at is not null
--;
create index orders_needing_person on orders (organization_id, order_id)
    where needs_person_since is not null
--;
create index orders_due_anywhere on orders (due_at, organization_id) where due_at is not null
--;
-- Only ever added to.
create table transfers (
    organization_id blob not null,
    transfer_id blob not null,
    order_id blob not null,
    leg text not null,
    from_account text not null,
    to_account text not null,
    minor integer not null,
    currency text not null,
    moved_at integer not null,
    foreign key (organization_id, order_id) references orders (organization_id, order_id),
    unique (organization_id, order_id, leg),
    primary key (organization_id, transfer_id)
) strict, without rowid
