create table organizations (
    organization_id blob not null primary key,
    version integer not null,
    document text not null
) strict, without rowid
