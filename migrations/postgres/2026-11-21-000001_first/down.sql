-- The first schema is not taken back; restore the backup made before the migration.
SELECT 1;
