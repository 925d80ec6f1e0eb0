insert into audit_heads (operator_id, number, hash)
select operator_id, 0, $2 from unnest($1::text[]) with ordinality as given (operator_id, place) order by place
on conflict (operator_id) do nothing
