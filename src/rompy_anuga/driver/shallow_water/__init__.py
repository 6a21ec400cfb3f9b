"""The shallow-water model's driver: reads a case, refuses what cannot be right, runs ANUGA, keeps the books.

Modules, in the order in which a run meets them:

    program      command line, exit statuses
    case         the case file as typed values (section: reading it strictly; problems: how to refuse)
    ranks        one process or several under MPI
    mesh         triangles from a polygon (polygon: reading and checking it) or from a mesh file
    grid, timeline, netcdf, field, series
                 gridded fields sampled at the mesh, series in time
    boundaries   what happens at each tagged part of the boundary
    operators    wind, pressure, rain, rotation of the earth; the watch for a model that blows up
    simulation   puts the above together and steps through time
    balance      water volume, what came in, what is unaccounted for
    progress     lines for programs and for people
    outputs      the files a run writes, and clearing away those of the run before

Only ``mesh``, ``boundaries``, ``operators`` and ``simulation`` import anuga, and only after the number of threads is
set, since its OpenMP library reads its settings when it is loaded.
"""
