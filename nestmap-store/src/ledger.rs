//! Transfers: every column spelled out, so that books can be summed where they are kept.

use nestmap_core::Error;
use nestmap_core::id::{OrderId, OrganizationId, TransferId};
use nestmap_core::ledger::{Account, Leg, Transfer};
use nestmap_core::money::{Currency, Money};
use nestmap_core::port::store::StoreError;

use crate::db::{Arg, Db, Row, Scope, Tx, statements};
use crate::error::DbError;

const KIND: &str = "transfer";

statements! {
    OF_ORDER = "select transfer_id, leg, from_account, to_account, minor, currency, moved_at
        from transfers where organization_id = $1 and order_id = $2 order by transfer_id";
    INSERT = "insert into transfers (organization_id, transfer_id, order_id, leg, from_account,
            to_account, minor, currency, moved_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
}

pub(crate) async fn of_order(
    db: &Db,
    organization: OrganizationId,
    order: OrderId,
) -> Result<Vec<Transfer>, StoreError> {
    let args = [Arg::Id(organization.uuid()), Arg::Id(order.uuid())];
    let rows = db.read(Scope::Organization(organization), OF_ORDER, &args).await;
    let rows = rows.map_err(|error| error.about(KIND))?;
    let transfers = rows.iter().map(|row| read(row, organization, order));
    transfers.collect::<Result<_, _>>().map_err(|error| error.about(KIND))
}

fn read(row: &Row, organization: OrganizationId, order: OrderId) -> Result<Transfer, DbError> {
    let corrupt = |error: Error| DbError::Corrupt(error.to_string());
    let currency = Currency::parse(row.text(5)?).map_err(corrupt)?;
    Ok(Transfer {
        id: TransferId::from_uuid(row.id(0)?),
        organization,
        order,
        leg: Leg::parse(row.text(1)?).map_err(corrupt)?,
        from: Account::parse(row.text(2)?).map_err(corrupt)?,
        to: Account::parse(row.text(3)?).map_err(corrupt)?,
        amount: Money::new(row.int(4)?, currency),
        at: row.at(6)?,
    })
}

pub(crate) async fn append(tx: &mut Tx<'_>, transfer: &Transfer) -> Result<(), StoreError> {
    let args = [
        Arg::Id(transfer.organization.uuid()),
        Arg::Id(transfer.id.uuid()),
        Arg::Id(transfer.order.uuid()),
        Arg::Text(transfer.leg.as_str()),
        Arg::Text(transfer.from.as_str()),
        Arg::Text(transfer.to.as_str()),
        Arg::Int(transfer.amount.minor),
        Arg::Text(transfer.amount.currency.code()),
        Arg::At(transfer.at),
    ];
    tx.run(INSERT, &args).await.map(|_| ()).map_err(|error| error.about(KIND))
}
