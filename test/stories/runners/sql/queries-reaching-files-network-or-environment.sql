-- Queries that read or change anything other than their tables, one per line. FOLDER contains secret.csv, and PORT is
-- an HTTP server. None of the queries may return rows. The first three are also run at each level of confinement.
SELECT * FROM read_csv('FOLDER/secret.csv')
SELECT * FROM query('COPY numbers TO ''FOLDER/written.csv''')
SELECT * FROM read_csv('http://127.0.0.1:PORT/x.csv')
SELECT * FROM 'FOLDER/secret.csv'
SELECT * FROM read_text('FOLDER/secret.csv')
SELECT * FROM read_blob('/proc/self/environ')
SELECT * FROM read_json('/dev/fd/0')
SELECT * FROM glob('FOLDER/*')
SELECT * FROM sniff_csv('FOLDER/secret.csv')
SELECT * FROM parquet_metadata('FOLDER/secret.csv')
SELECT * FROM json_execute_serialized_sql('COPY numbers TO ''/dev/fd/3''')
SELECT * FROM duckdb_secrets()
SELECT getenv('HOME')
