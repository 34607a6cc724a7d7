<?php

use Illuminate\Database\Migrations\Migration;
use Illuminate\Database\Schema\Blueprint;
use Illuminate\Support\Facades\Schema;

return new class extends Migration
{
    // Expand: the running version does not write it, so it has to be allowed to be NULL.
    public function up()
    {
        Schema::table('products', function (Blueprint $table) {
            $table->integer('price')->nullable();
        });
    }
};
