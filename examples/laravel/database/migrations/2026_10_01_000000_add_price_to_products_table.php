<?php

use Illuminate\Database\Migrations\Migration;
use Illuminate\Database\Schema\Blueprint;
use Illuminate\Support\Facades\Schema;

return new class extends Migration
{
    // Expand: the running version does not write this column, so it must allow NULL.
    public function up()
    {
        Schema::table('products', function (Blueprint $table) {
            $table->integer('price')->nullable();
        });
    }
};
