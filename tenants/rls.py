"""Migration operations that make Postgres itself keep tenants apart.

operations = [
    migrations.CreateModel("Lead", …),
    EnableRowLevelSecurity("calls_lead"),
    SameTenant("calls_lead", "call_id", "calls_call"),
    AppendOnly("billing_usageentry"),
]
"""

from typing import Any

from django.db.migrations.operations.special import RunSQL

VISIBLE = (
    "CASE WHEN current_setting('app.unscoped', true) = 'on' THEN true"
    " ELSE {column} = NULLIF(current_setting('app.tenant_id', true), '')::bigint END"
)
"""As CASE, since the planner takes it for no filter worth counting on. Written with OR it expected
1 row in 60 to pass, sorted a tenant's whole history for one page and was five times slower."""


class EnableRowLevelSecurity(RunSQL):
    """Rows of `table` are seen and written by their tenant or in `unscoped` only.

    `column` holds the tenant's id. A migration that moves rows of such a table first runs
    `SELECT set_config('app.unscoped', 'on', true)`: the owner role is bound as well.
    """

    def __init__(self, table: str, column: str = "tenant_id") -> None:
        self.table = table
        self.column = column
        visible = VISIBLE.format(column=column)
        super().__init__(
            [
                f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
                f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
                f'CREATE POLICY tenant_rows ON "{table}" FOR ALL'
                f" USING ({visible}) WITH CHECK ({visible})",
            ],
            [
                f'DROP POLICY tenant_rows ON "{table}"',
                f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY',
                f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY',
            ],
        )

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.table, self.column], {}

    def describe(self) -> str:
        return f"Keep rows of {self.table} to their tenant"


class SameTenant(RunSQL):
    """`table.column` can only point at a row of `target` that has the same tenant.

    A foreign key over (tenant, id) beside Django's own. Null is allowed where the column allows it.
    `owner` is the column of `table` that holds its tenant.
    """

    def __init__(self, table: str, column: str, target: str, owner: str = "tenant_id") -> None:
        self.arguments = [table, column, target, owner]
        constraint = f"{table}_{column}_same_tenant"[:63]
        super().__init__(
            [
                f'CREATE UNIQUE INDEX IF NOT EXISTS "{target}_tenant_row"'
                f' ON "{target}" (tenant_id, id)',
                f'ALTER TABLE "{table}" ADD CONSTRAINT "{constraint}"'
                f' FOREIGN KEY ("{owner}", "{column}") REFERENCES "{target}" (tenant_id, id)'
                " DEFERRABLE INITIALLY DEFERRED",
            ],
            [f'ALTER TABLE "{table}" DROP CONSTRAINT "{constraint}"'],
        )

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, self.arguments, {}

    def describe(self) -> str:
        table, column, target, _ = self.arguments
        return f"Tie {table}.{column} to {target} of the same tenant"


class AppendOnly(RunSQL):
    """Rows of `table` are never updated or deleted, by anyone: a trigger refuses."""

    def __init__(self, table: str) -> None:
        self.table = table
        super().__init__(
            [
                "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$"
                " BEGIN RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME"
                " USING ERRCODE = 'integrity_constraint_violation'; END $$",
                f'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON "{table}"'
                " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            ],
            [f'DROP TRIGGER append_only ON "{table}"'],
        )

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.table], {}

    def describe(self) -> str:
        return f"Let rows of {self.table} be added only"


class Immutable(RunSQL):
    """Rows of `table` are never updated, and deleted only while a whole tenant is erased."""

    def __init__(self, table: str) -> None:
        self.table = table
        super().__init__(
            [
                "CREATE OR REPLACE FUNCTION refuse_unless_erasing() RETURNS trigger"
                " LANGUAGE plpgsql AS $$ BEGIN"
                " IF TG_OP = 'DELETE' AND current_setting('app.erasing', true) = 'on'"
                " THEN RETURN OLD; END IF;"
                " RAISE EXCEPTION 'rows of % never change; save a new version', TG_TABLE_NAME"
                " USING ERRCODE = 'integrity_constraint_violation'; END $$",
                f'CREATE TRIGGER immutable BEFORE UPDATE OR DELETE ON "{table}"'
                " FOR EACH ROW EXECUTE FUNCTION refuse_unless_erasing()",
            ],
            [f'DROP TRIGGER immutable ON "{table}"'],
        )

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.table], {}

    def describe(self) -> str:
        return f"Freeze rows of {self.table}"


class WrittenTogether(RunSQL):
    """Rows of `table` are added only in the transaction that made the row of `whole` they hang on.

    `column` points at it. The whole's created_at is its transaction's own time (db_default Now).
    """

    def __init__(self, table: str, column: str, whole: str) -> None:
        self.arguments = [table, column, whole]
        function = f"{table}_written_together"
        super().__init__(
            [
                f'CREATE FUNCTION "{function}"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN'
                f' IF NOT EXISTS (SELECT FROM "{whole}" WHERE id = NEW."{column}"'
                "  AND created_at = transaction_timestamp())"
                f" THEN RAISE EXCEPTION '{whole} % is closed; save a new version', NEW.\"{column}\""
                "  USING ERRCODE = 'integrity_constraint_violation'; END IF;"
                " RETURN NEW; END $$",
                f'CREATE TRIGGER written_together BEFORE INSERT ON "{table}"'
                f' FOR EACH ROW EXECUTE FUNCTION "{function}"()',
            ],
            [
                f'DROP TRIGGER written_together ON "{table}"',
                f'DROP FUNCTION "{function}"()',
            ],
        )

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, self.arguments, {}

    def describe(self) -> str:
        table, _column, whole = self.arguments
        return f"Add rows of {table} only with the {whole} they belong to"
