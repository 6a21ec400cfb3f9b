"""ANUGA as a model of rompy: tides, surges, rivers and floods by the shallow-water equations on triangles.

This package is a plugin like any other: it uses rompy's public names only, and rompy finds it through entry points.
It is meant to be read by authors of plugins. What is where:

    config         the model's configuration; start here
    domain/        where it computes: a mesh file, a polygon, the outline of a mesh
    fields/        gridded input: bed, friction, initial level, wind, air pressure, rain
    boundaries     conditions along the boundary, and the series they follow (series)
    mesh_source, xyz_source, seconds_source
                   further kinds of source: meshes, scattered points, tables that count seconds
    driver/        what runs in the workspace, without rompy
    postprocess/   what is made of the output

and below these: mesh_file, ring_file, table, case_file, cf (formats), outline, area, raster (geometry), crs, period.
"""
