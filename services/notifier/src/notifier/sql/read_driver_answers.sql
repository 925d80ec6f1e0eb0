select answer_key, said from driver_answers where alert_id = $1 and driver = $2 order by at
