// What counts as a table of a PostgreSQL database: the same when it is taken and when it has come back.

/** SQL that counts the tables people made. */
export const countPostgresTables = `SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%'`;
