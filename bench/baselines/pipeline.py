"""``python -m bench.baselines.pipeline FILE``: calamine into polars, vectorised checks, COPY into a plain table. No more."""

from __future__ import annotations

import io
import json
import os
import sys
import time

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
NAMES = ("name", "id_number", "phone", "sex", "birth_on", "address", "is_migrant", "is_member", "organisation")


def main(book: str) -> int:
    import polars as pl
    import psycopg

    with psycopg.connect(os.environ["SHEGONG_DATABASE_URL"], autocommit=True) as connection:
        connection.execute("truncate floor_plainperson")
        start = time.perf_counter()
        read = pl.read_excel(book, engine="calamine", infer_schema_length=0)
        read.columns = list(NAMES)
        number = pl.col("id_number")
        total = sum((number.str.slice(n, 1).cast(pl.Int32, strict=False) * w for n, w in enumerate(WEIGHTS)), pl.lit(0))
        check = pl.lit(CHECKS).str.slice(total % 11, 1)
        good = number.str.contains(r"^\d{17}[0-9X]$") & (check == number.str.slice(17, 1)) & number.is_first_distinct()
        made = read.filter(good & pl.col("phone").str.contains(r"^1\d{10}$")).with_columns(
            pl.col("birth_on").str.to_date("%Y年%m月%d日", strict=False),
            pl.when(pl.col("sex") == "男").then(pl.lit("1")).otherwise(pl.lit("2")).alias("sex"),
            (pl.col("is_migrant") == "是").alias("is_migrant"),
            (pl.col("is_member") == "是").alias("is_member"),
        )
        text = io.BytesIO()
        made.write_csv(text, include_header=False)
        into = f"copy floor_plainperson ({', '.join(NAMES)}) from stdin (format csv)"
        with connection.transaction(), connection.cursor() as cursor, cursor.copy(into) as copy:
            copy.write(text.getvalue())
        seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "rows": made.height, "refused": read.height - made.height}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
