<?php
$url = parse_url(getenv("DATABASE_URL"));
$database = new PDO(
    "pgsql:host={$url["host"]};port=" . ($url["port"] ?? 5432) . ";dbname=" . ltrim($url["path"], "/"),
    urldecode($url["user"]),
    urldecode($url["pass"] ?? ""),
);
header("Content-Type: application/json");
echo json_encode($database->query("SELECT name FROM products ORDER BY id")->fetchAll(PDO::FETCH_COLUMN));
