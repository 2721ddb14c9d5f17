create table orders (
    organization_id uuid not null,
    order_id uuid not null,
    trip_id uuid not null,
    version bigint not null,
    supplier text,
    supplier_order_id text,
    due_at timestamptz,
    needs_person_since timestamptz,
    document json not null,
    constraint orders_pkey primary key (organization_id, order_id),
    constraint orders_supplier_order unique (organization_id, supplier, supplier_order_id)
)
--;
select nm.tenant_table('orders')
--;
alter table orders add constraint orders_trip
    foreign key (organization_id, trip_id) references trips (organization_id, trip_id)
--;
grant select, insert, update on orders to nm_app
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
create policy discovery on orders for select to nm_worker using (true)
--;
grant select (organization_id, due_at) on orders to nm_worker
--;
-- Only ever added to.
create table transfers (
    organization_id uuid not null,
    transfer_id uuid not null,
    order_id uuid not null,
    leg text not null,
    from_account text not null,
    to_account text not null,
    minor bigint not null,
    currency char(3) not null,
    moved_at timestamptz not null,
    constraint transfers_pkey primary key (organization_id, transfer_id),
    constraint transfers_leg unique (organization_id, order_id, leg)
)
--;
select nm.tenant_table('transfers')
--;
alter table transfers add constraint transfers_order
    foreign key (organization_id, order_id) references orders (organization_id, order_id)
--;
grant select, insert on transfers to nm_app
--;
revoke update, delete, truncate on transfers from nm_app
