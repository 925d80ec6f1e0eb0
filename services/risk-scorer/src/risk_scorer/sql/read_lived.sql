select partition from policies_lived where partition = any($1::int[]) and edition = $2
