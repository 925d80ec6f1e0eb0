select driver, said from driver_answers where alert_id = $1 and answer_key = $2
